# frozen_string_literal: true

module Mastodon
  # Where Redis is, by role: `REDIS_*`, and `SIDEKIQ_REDIS_*` or `CACHE_REDIS_*` where a role has its own.
  module RedisConfiguration
    module_function

    def base = { url: url('') }

    def sidekiq = { url: url('SIDEKIQ_') }

    def cache = { url: url('CACHE_') }

    def url(prefix)
      return ENV.fetch("#{prefix}REDIS_URL") if ENV["#{prefix}REDIS_URL"].present?
      return url('') if prefix != '' && ENV["#{prefix}REDIS_HOST"].blank?

      password = ENV["#{prefix}REDIS_PASSWORD"].presence
      host = ENV.fetch("#{prefix}REDIS_HOST", 'localhost')
      port = ENV.fetch("#{prefix}REDIS_PORT", 6379)
      database = ENV.fetch("#{prefix}REDIS_DB", 0)
      "redis://#{":#{ERB::Util.url_encode(password)}@" if password}#{host}:#{port}/#{database}"
    end

    def pool
      @pool ||= ConnectionPool.new(size: Integer(ENV.fetch('MAX_THREADS', 5))) { ::Redis.new(**base) }
    end
  end
end
