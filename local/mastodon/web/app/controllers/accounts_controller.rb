# frozen_string_literal: true

class AccountsController < ApplicationController
  before_action(except: :instance_actor) { @account = Account.find_local(params[:username]) || raise(ActiveRecord::RecordNotFound) }

  # For other servers.
  def show = render(json: ActorSerializer.new(@account).as_json, content_type: 'application/activity+json')

  # What the server itself signs with. Asked for by every server that this one asks for something.
  def instance_actor = render(json: ActorSerializer.new(Account.representative).as_json, content_type: 'application/activity+json')

  # For people.
  def profile
    @statuses = @account.statuses.where(visibility: %w(public unlisted)).includes(:account, :media_attachments).recent.limit(20)
    render 'home/statuses'
  end
end
