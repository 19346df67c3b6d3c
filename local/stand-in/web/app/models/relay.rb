# frozen_string_literal: true

# A server that passes public posts on. Which answers is its own business, so here none ever accepts.
class Relay < ApplicationRecord
  enum :state, { idle: 0, pending: 1, accepted: 2, rejected: 3 }

  normalizes :inbox_url, with: ->(url) { url.strip }
  validates :inbox_url, presence: true, uniqueness: true, format: { with: %r{\Ahttps?://[^\s/]+} }, if: :will_save_change_to_inbox_url?

  before_destroy { disable! if accepted? }

  alias enabled? accepted?

  def enable! = follow('Follow', state: :pending, follow_activity_id: SecureRandom.uuid)

  def disable! = follow('Undo', state: :idle, follow_activity_id: nil)

  def to_log_human_identifier = inbox_url

  private

  def follow(activity, attributes)
    update!(attributes)
    ActivityPub::DeliveryWorker.perform_async({ type: activity }.to_json, Account::INSTANCE_ACTOR_ID, inbox_url)
  end
end
