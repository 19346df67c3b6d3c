# frozen_string_literal: true

# Creates a status and hands its distribution to Sidekiq. The same Idempotency-Key within an hour gives the same status.
class PostStatusService
  IDEMPOTENCY_SECONDS = 3_600

  def initialize(account, application: nil, idempotency_key: nil)
    @account = account
    @application = application
    @idempotency_key = "idempotency:status:#{account.id}:#{idempotency_key}" if idempotency_key.present?
  end

  def call(text:, media_ids: [], visibility: nil, sensitive: false, spoiler_text: nil, language: nil, in_reply_to_id: nil)
    earlier || create(
      text: text.to_s, media_attachments: attachments(media_ids), visibility: visibility.presence || 'public',
      sensitive: ActiveModel::Type::Boolean.new.cast(sensitive) || false, spoiler_text: spoiler_text.to_s,
      language:, in_reply_to_id:
    )
  end

  private

  def earlier
    id = @idempotency_key && redis.with { |connection| connection.get(@idempotency_key) }
    @account.statuses.find_by(id:) if id
  end

  def create(**attributes)
    status = @account.statuses.create!(application: @application, **attributes)
    redis.with { |connection| connection.set(@idempotency_key, status.id, ex: IDEMPOTENCY_SECONDS) } if @idempotency_key
    DistributionWorker.perform_async(status.id)
    status
  end

  def attachments(ids)
    found = @account.media_attachments.where(status_id: nil, id: ids).to_a
    raise ActiveRecord::RecordNotFound, 'Media not found' if found.size != Array(ids).uniq.size

    found
  end

  def redis = Mastodon::RedisConfiguration.pool
end
