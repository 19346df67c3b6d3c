# frozen_string_literal: true

class ApplicationMailer < ActionMailer::Base
  default from: -> { ENV.fetch('SMTP_FROM_ADDRESS', "notifications@#{Rails.configuration.x.local_domain}") }
end
