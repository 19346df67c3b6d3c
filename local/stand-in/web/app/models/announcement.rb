# frozen_string_literal: true

# What is shown above the timelines. The stand-in has no scheduler: a scheduled one stays so.
class Announcement < ApplicationRecord
  validates :text, presence: true
  validates :starts_at, presence: true, if: -> { ends_at.present? }
  validates :ends_at, presence: true, if: -> { starts_at.present? }

  before_validation :publish_unscheduled, on: :create

  scope :published, -> { where(published: true) }

  def publish! = update!(published: true, published_at: Time.now.utc, scheduled_at: nil)

  def unpublish! = update!(published: false, scheduled_at: nil)

  def to_log_human_identifier = text

  private

  def publish_unscheduled
    return if scheduled_at&.future?

    assign_attributes(published: true, published_at: Time.now.utc)
  end
end
