# frozen_string_literal: true

module Api
  # JSON for applications: signed in by OAuth token, open to scripts of other origins.
  class BaseController < ActionController::API
    after_action { response.headers['Access-Control-Allow-Origin'] = '*' }

    rescue_from ActiveRecord::RecordNotFound, with: -> { render_error('Record not found', :not_found) }
    rescue_from ActiveRecord::RecordInvalid, UploadMediaService::Refused, with: ->(e) { render_error(e.message, :unprocessable_entity) }

    def not_found = render_error('The stand-in has no such API', :not_found)

    # Doorkeeper's own answers name the reason in a header; Mastodon's have it in the body.
    def doorkeeper_unauthorized_render_options(error: nil)
      { json: { error: error.try(:description) || 'Not authorized' } }
    end

    def doorkeeper_forbidden_render_options(*) = { json: { error: 'This action is outside the authorized scopes' } }

    private

    def require_user!
      render_error('This method requires an authenticated user', :unprocessable_entity) if current_user.nil?
    end

    def current_user
      return @current_user if defined?(@current_user)

      user = User.find_by(id: doorkeeper_token.resource_owner_id) if doorkeeper_token&.accessible?
      @current_user = (user if user&.functional?)
    end

    def current_account = current_user&.account

    def limit_param = params.fetch(:limit, 20).to_i.clamp(1, 40)

    def render_error(message, status) = render(json: { error: message }, status:)

    def render_statuses(statuses) = render(json: statuses.map { |status| StatusSerializer.new(status).as_json })
  end
end
