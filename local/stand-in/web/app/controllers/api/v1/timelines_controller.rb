# frozen_string_literal: true

module Api
  module V1
    class TimelinesController < BaseController
      before_action -> { doorkeeper_authorize!(:read, :'read:statuses') }, only: :home
      before_action :require_user!, only: :home

      def home = render_statuses(HomeFeed.new(current_account.id).statuses(limit_param))

      def public
        return render_error('This method requires an authenticated user', :unauthorized) unless allowed?

        statuses = Status.publicly_visible.includes(:account, :media_attachments).recent.limit(limit_param)
        statuses = statuses.where(id: ...params[:max_id].to_i) if params[:max_id].present?
        render_statuses(statuses)
      end

      private

      def allowed?
        { 'public' => true, 'authenticated' => current_user.present? }.fetch(Setting.local_live_feed_access, false)
      end
    end
  end
end
