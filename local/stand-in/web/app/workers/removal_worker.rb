# frozen_string_literal: true

# Deletes a status with its media, and takes it out of feeds and streams.
class RemovalWorker
  include Sidekiq::Job

  sidekiq_options queue: 'default'

  def perform(status_id)
    status = Status.find_by(id: status_id)
    return if status.nil?

    channels = StreamingChannels.of(status)
    MediaAttachment.transaction do
      status.media_attachments.to_a.each(&:destroy!)
      status.reload.destroy!
    end
    HomeFeed.new(status.account_id).remove(status_id)
    message = { event: 'delete', payload: status_id.to_s }.to_json
    channels.each { |channel| Mastodon::RedisConfiguration.pool.with { |redis| redis.publish(channel, message) } }
  end
end
