# frozen_string_literal: true

Rails.application.config.to_prepare do
  MediaStorage.current = ENV['S3_ENABLED'] == 'true' ? S3MediaStorage.from_environment(ENV) : DiskMediaStorage.new
end
