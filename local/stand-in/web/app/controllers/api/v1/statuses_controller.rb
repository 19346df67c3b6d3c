# frozen_string_literal: true

module Api
  module V1
    class StatusesController < BaseController
      before_action -> { doorkeeper_authorize!(:write, :'write:statuses') }, except: :show
      before_action :require_user!, except: :show

      def show
        status = Status.find(params[:id])
        raise ActiveRecord::RecordNotFound unless status.visible_to?(current_account)

        render json: StatusSerializer.new(status).as_json
      end

      def create
        service = PostStatusService.new(
          current_account, application: doorkeeper_token.application, idempotency_key: request.headers['Idempotency-Key']
        )
        status = service.call(
          text: params[:status], media_ids: Array(params[:media_ids]), visibility: params[:visibility],
          sensitive: params[:sensitive], spoiler_text: params[:spoiler_text], language: params[:language],
          in_reply_to_id: params[:in_reply_to_id]
        )
        render json: StatusSerializer.new(status).as_json
      end

      def destroy
        status = current_account.statuses.find(params[:id])
        json = StatusSerializer.new(status).as_json.merge(text: status.text)
        RemovalWorker.perform_async(status.id)
        render json:
      end
    end
  end
end
