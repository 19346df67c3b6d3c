# frozen_string_literal: true

# A hashtag. An undecided property is nil, and reads as Mastodon's default.
class Tag < ApplicationRecord
  SEPARATORS = "_\u00B7\u30FB\u200c"
  HASHTAG_INVALID_CHARS_RE = /[^[:alnum:]\u0E47-\u0E4E#{SEPARATORS}]/
  # A letter is in it, or a separator between two other signs.
  NAME = /\A(?:[[:word:]][[:word:]#{SEPARATORS}]*[[:alpha:]#{SEPARATORS}][[:word:]#{SEPARATORS}]*[[:word:]]|[[:word:]]*[[:alpha:]][[:word:]]*)\z/

  validates :name, presence: true, format: { with: NAME }
  validates :display_name, format: { with: NAME }
  validate(if: -> { persisted? && display_name_changed? }) do
    errors.add(:display_name, 'does not match the previous name') unless self.class.normalize(display_name)&.casecmp?(name)
  end

  def self.normalize(text) = HashtagNormalizer.new.normalize(text).presence

  def self.find_or_create_by_names(names)
    Array(names).map do |name|
      find_by('lower(name) = lower(?)', normalize(name)) || create(name: normalize(name), display_name: name.gsub(HASHTAG_INVALID_CHARS_RE, ''))
    end
  end

  def display_name = super || name

  def usable = super.nil? || super

  def listable = super.nil? || super

  def trendable = super.nil? ? Setting.trendable_by_default : super
end
