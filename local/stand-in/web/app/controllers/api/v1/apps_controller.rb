# frozen_string_literal: true

module Api
  module V1
    class AppsController < BaseController
      def create
        app = Doorkeeper::Application.create!(
          name: params[:client_name], redirect_uri: Array(params[:redirect_uris]).join("\n"),
          scopes: params[:scopes].presence || 'read', website: params[:website]
        )
        render json: {
          id: app.id.to_s, name: app.name, website: app.website, scopes: app.scopes.to_a,
          redirect_uri: app.redirect_uri, redirect_uris: app.redirect_uri.split, client_id: app.uid,
          client_secret: app.secret, client_secret_expires_at: 0, vapid_key: ENV['VAPID_PUBLIC_KEY']
        }
      end
    end
  end
end
