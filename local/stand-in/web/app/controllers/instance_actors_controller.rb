# frozen_string_literal: true

# The account by which the server itself asks others. Mastodon keeps no copy of this answer.
class InstanceActorsController < ActionController::API
  def show
    expires_in 10.minutes, public: true
    render json: ActorSerializer.new(Account.representative).as_json, content_type: 'application/activity+json'
  end
end
