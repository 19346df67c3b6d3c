# frozen_string_literal: true

class Rule < ApplicationRecord
  TEXT_SIZE_LIMIT = 300

  has_many :translations, class_name: 'RuleTranslation', dependent: :destroy
  accepts_nested_attributes_for :translations, reject_if: :all_blank, allow_destroy: true

  validates :text, presence: true, length: { maximum: TEXT_SIZE_LIMIT }

  scope :kept, -> { where(deleted_at: nil) }
  scope :ordered, -> { kept.order(priority: :asc, id: :asc) }

  # Soft, so that old reports still read.
  def discard = update(deleted_at: Time.now.utc)
end
