# frozen_string_literal: true

module ActivityPub
  # Upstream posts to another server's inbox, signed; the stand-in does not.
  class DeliveryWorker
    include Sidekiq::Job

    def perform(_payload, _account_id, _inbox_url) = nil
  end
end
