# frozen_string_literal: true

require_relative 'boot'

require 'rails'
require 'active_model/railtie'
require 'active_record/railtie'
require 'active_job/railtie'
require 'action_controller/railtie'
require 'action_view/railtie'
require 'action_mailer/railtie'

Bundler.require(*Rails.groups)

require_relative '../lib/mastodon/version'
require_relative '../lib/mastodon/environment'
require_relative '../lib/mastodon/redis_configuration'
require_relative '../lib/mastodon/metrics'

module Mastodon
  # The stand-in for Mastodon: the same environment, commands and addresses, a small part of the features.
  class Application < Rails::Application
    config.load_defaults 7.2
    config.time_zone = 'UTC'
    config.active_record.schema_format = :ruby

    # Every kind of process of the image (puma, sidekiq, rails, tootctl) initializes the application.
    initializer :announce_stand_in, after: :load_config_initializers do
      warn "Mastodon #{Mastodon::Version}: a stand-in for the official image, not Mastodon itself" if Mastodon::Version.announce?
    end
  end
end
