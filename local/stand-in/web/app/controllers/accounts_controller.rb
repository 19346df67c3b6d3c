# frozen_string_literal: true

class AccountsController < ApplicationController
  before_action { @account = Account.find_local(params[:username]) || raise(ActiveRecord::RecordNotFound) }

  # For other servers.
  def show = render(json: ActorSerializer.new(@account).as_json, content_type: 'application/activity+json')

  # For people.
  def profile
    @statuses = @account.statuses.where(visibility: %w(public unlisted)).includes(:account, :media_attachments).recent.limit(20)
    render 'home/statuses'
  end
end
