# frozen_string_literal: true

class StatusesController < ApplicationController
  def show
    status = Status.find(params[:id])
    raise ActiveRecord::RecordNotFound unless status.visible_to?(current_user&.account)

    @statuses = [status]
    render 'home/statuses'
  end

  def create
    return redirect_to(auth_sign_in_path) if current_user.nil?

    account = current_user.account
    media = params[:file].present? ? [UploadMediaService.new(account).call(params[:file], description: params[:description])] : []
    PostStatusService.new(account).call(text: params[:text], media_ids: media.map(&:id))
    redirect_to root_path
  rescue UploadMediaService::Refused, ActiveRecord::RecordInvalid => e
    redirect_to root_path, alert: e.message
  end
end
