# frozen_string_literal: true

class TermsOfService < ApplicationRecord
  NOTIFICATION_ACTIVITY_CUTOFF = 1.year.freeze

  scope :published, -> { where.not(published_at: nil).order(Arel.sql('coalesce(effective_date, published_at) DESC')) }
  scope :live, -> { published.where('effective_date IS NULL OR effective_date < now()') }
  scope :upcoming, -> { published.reorder(effective_date: :asc).where('effective_date IS NOT NULL AND effective_date > now()') }
  scope :draft, -> { where(published_at: nil).order(id: :desc) }

  validates :text, presence: true
  validates :changelog, :effective_date, presence: true, if: :published?
  validates :effective_date, uniqueness: true, allow_nil: true
  validate :effective_date_is_not_too_early, if: :effective_date?

  def self.current = live.first || upcoming.first

  def published? = published_at.present?

  def effective? = published? && effective_date&.past?

  def to_log_human_identifier = nil

  def succeeded_by = self.class.published.where(effective_date: effective_date..).where.not(id:).first

  def scope_for_notification = people.where(current_sign_in_at: last_seen_after...)

  def scope_for_interstitial = people.where(current_sign_in_at: [nil, ...last_seen_after])

  private

  def people = User.where.not(confirmed_at: nil).where(created_at: ..published_at)

  def last_seen_after = published_at - NOTIFICATION_ACTIVITY_CUTOFF

  def effective_date_is_not_too_early
    earliest = self.class.live.pick(:effective_date) || Time.zone.today
    errors.add(:effective_date, "is too soon, must be later than #{earliest.iso8601}") if effective_date < earliest
  end
end
