# frozen_string_literal: true

# Puts a new status into feeds and notifies the streaming server, through Redis, as Mastodon's fan-out does.
class DistributionWorker
  include Sidekiq::Job

  sidekiq_options queue: 'default'

  def perform(status_id)
    status = Status.find_by(id: status_id)
    return if status.nil? # deleted before its turn came

    HomeFeed.new(status.account_id).push(status.id)
    message = { event: 'update', payload: StatusSerializer.new(status).as_json, queued_at: (Time.now.to_f * 1000).to_i }.to_json
    StreamingChannels.of(status).each do |channel|
      Mastodon::RedisConfiguration.pool.with { |redis| redis.publish(channel, message) }
    end
  end
end
