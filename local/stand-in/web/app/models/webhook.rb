# frozen_string_literal: true

# An address that gets Mastodon's events. The stand-in sends none.
class Webhook < ApplicationRecord
  EVENTS = %w(account.approved account.created account.updated report.created report.updated status.created status.updated).freeze

  validates :url, presence: true, format: { with: %r{\Ahttps?://[^\s/]+} }
  validates :secret, length: { minimum: 12 }
  validates :events, presence: true
  validate { errors.add(:events, :invalid) if (events - EVENTS).any? }
  # Of Webhooks::PayloadRenderer: names in double braces.
  validate { errors.add(:template, :invalid) if template.to_s.gsub(/\{\{[a-z0-9_.]+\}\}/, '').match?(/\{\{|\}\}/) }

  before_validation { self.events = events.filter_map { |event| event.strip.presence } }
  before_validation { self.secret = SecureRandom.hex(20) if secret.blank? }

  def enable! = update!(enabled: true)

  def disable! = update!(enabled: false)
end
