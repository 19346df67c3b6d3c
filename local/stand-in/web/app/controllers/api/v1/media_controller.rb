# frozen_string_literal: true

module Api
  module V1
    class MediaController < BaseController
      before_action -> { doorkeeper_authorize!(:write, :'write:media') }
      before_action :require_user!

      def show
        render json: MediaAttachmentSerializer.new(current_account.media_attachments.find(params[:id])).as_json
      end
    end
  end
end
