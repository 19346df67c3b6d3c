# frozen_string_literal: true

Rails.application.configure do
  config.enable_reloading = false
  config.eager_load = true
  config.consider_all_requests_local = false
  config.action_controller.perform_caching = true
  config.cache_store = :redis_cache_store, { url: Mastodon::RedisConfiguration.cache[:url], namespace: 'cache', expires_in: 10.minutes }

  config.public_file_server.enabled = ENV['RAILS_SERVE_STATIC_FILES'] == 'true'
  config.public_file_server.headers = {
    'cache-control' => 'public, max-age=2419200, must-revalidate',
    'x-content-type-options' => 'nosniff',
  }

  # Production always assumes HTTPS: the proxy has to send X-Forwarded-Proto.
  config.force_ssl = true
  config.ssl_options = { redirect: { exclude: ->(request) { request.path == '/health' } } }

  config.log_level = ENV.fetch('RAILS_LOG_LEVEL', 'info').to_sym
  config.log_tags = [:request_id]
  config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout, formatter: Logger::Formatter.new))

  if ENV['TRUSTED_PROXY_IP'].present?
    config.action_dispatch.trusted_proxies = ENV['TRUSTED_PROXY_IP'].split(/(?:\s*,\s*|\s+)/).map { |item| IPAddr.new(item) }
  end

  config.active_record.dump_schema_after_migration = false

  config.active_job.queue_adapter = :sidekiq
  config.action_mailer.deliver_later_queue_name = 'mailers'
  config.action_mailer.default_options = { from: ENV.fetch('SMTP_FROM_ADDRESS', 'notifications@localhost') }
  implicit_tls = %w(SMTP_TLS SMTP_SSL).any? { |name| ENV[name] == 'true' }
  config.action_mailer.smtp_settings = {
    address: ENV.fetch('SMTP_SERVER', 'localhost'), port: ENV.fetch('SMTP_PORT', 587).to_i, domain: ENV['SMTP_DOMAIN'] || ENV['LOCAL_DOMAIN'],
    user_name: ENV['SMTP_LOGIN'].presence, password: ENV['SMTP_PASSWORD'].presence,
    authentication: ENV['SMTP_AUTH_METHOD'] == 'none' ? nil : ENV.fetch('SMTP_AUTH_METHOD', 'plain'),
    ca_file: ENV['SMTP_CA_FILE'].presence || '/etc/ssl/certs/ca-certificates.crt',
    openssl_verify_mode: ENV['SMTP_OPENSSL_VERIFY_MODE'],
    # 'always' refuses a relay without encryption.
    enable_starttls: ENV['SMTP_ENABLE_STARTTLS'] == 'always' || nil,
    enable_starttls_auto: !implicit_tls,
    tls: implicit_tls || nil,
    read_timeout: 20,
  }.compact
end
