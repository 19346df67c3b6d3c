# frozen_string_literal: true

# An account's home timeline: ids of statuses in Redis, as Mastodon keeps them. Only the distribution job fills it.
class HomeFeed
  MAX_ITEMS = 800

  def initialize(account_id)
    @key = "feed:home:#{account_id}"
  end

  def push(status_id)
    redis.with do |connection|
      connection.zadd(@key, status_id, status_id)
      connection.zremrangebyrank(@key, 0, -(MAX_ITEMS + 1))
    end
  end

  def remove(status_id) = redis.with { |connection| connection.zrem(@key, status_id) }

  def statuses(limit)
    ids = redis.with { |connection| connection.zrevrange(@key, 0, limit - 1) }
    Status.includes(:account, :media_attachments).where(id: ids).recent
  end

  private

  def redis = Mastodon::RedisConfiguration.pool
end
