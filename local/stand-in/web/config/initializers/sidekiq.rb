# frozen_string_literal: true

# As Mastodon does: else each job that is handed over is announced.
Sidekiq.logger.level = Logger.const_get(ENV.fetch('RAILS_LOG_LEVEL', 'info').upcase)

Sidekiq.configure_server do |config|
  config.redis = Mastodon::RedisConfiguration.sidekiq

  ready_filename = ENV['MASTODON_SIDEKIQ_READY_FILENAME'].presence
  if ready_filename
    raise 'MASTODON_SIDEKIQ_READY_FILENAME is not a valid filename' if File.basename(ready_filename) != ready_filename

    ready_path = Rails.root.join('tmp', ready_filename)
    config.on(:startup) { FileUtils.touch(ready_path) }
    config.on(:shutdown) { FileUtils.rm_f(ready_path) }
  end

  if Mastodon::Metrics.enabled?
    require 'sidekiq/api'
    details = Mastodon::Metrics.sidekiq_details?
    config.server_middleware { |chain| chain.add Mastodon::Metrics::Jobs } if details
    config.on(:startup) do
      Mastodon::Metrics.start do
        queues = config.default_capsule.queues
        { **Mastodon::Metrics.process('sidekiq'), **(details ? Mastodon::Metrics::Jobs.figures(queues) : {}) }
      end
    end
  end
end

Sidekiq.configure_client { |config| config.redis = Mastodon::RedisConfiguration.sidekiq }
