# frozen_string_literal: true

module Api
  module V2
    class MediaController < BaseController
      before_action -> { doorkeeper_authorize!(:write, :'write:media') }
      before_action :require_user!

      def create
        media = UploadMediaService.new(current_account).call(params[:file], description: params[:description])
        render json: MediaAttachmentSerializer.new(media).as_json
      end
    end
  end
end
