# frozen_string_literal: true

Rails.application.configure do
  local_domain = ENV.fetch('LOCAL_DOMAIN')
  web_domain = ENV['WEB_DOMAIN'].presence || local_domain
  alternate_domains = ENV.fetch('ALTERNATE_DOMAINS', '').split(/\s*,\s*/)

  config.x.local_domain = local_domain
  config.x.web_domain = web_domain
  config.x.alternate_domains = alternate_domains
  config.x.streaming_api_base_url = ENV['STREAMING_API_BASE_URL'].presence || "wss://#{web_domain}"

  config.hosts.push(local_domain, web_domain, *alternate_domains)
  config.host_authorization = { exclude: ->(request) { request.path == '/health' } }
  Rails.application.default_url_options = { host: web_domain, protocol: 'https' }
end
