# frozen_string_literal: true

# A hashtag. An undecided property is nil, and reads as Mastodon's default.
class Tag < ApplicationRecord
  SEPARATORS = "_\u00B7\u30FB\u200c"
  INVALID = /[^[:alnum:]#{SEPARATORS}]/
  # Of the two forms that Mastodon knows: there is a letter in it.
  NAME = /\A[[:word:]#{SEPARATORS}]*[[:alpha:]#{SEPARATORS}][[:word:]#{SEPARATORS}]*\z/

  validates :name, presence: true, format: { with: NAME }
  validates :display_name, format: { with: NAME }
  validate(if: -> { persisted? && display_name_changed? }) do
    errors.add(:display_name, 'does not match the previous name') unless self.class.normalize(display_name)&.casecmp?(name)
  end

  def self.normalize(text) = I18n.transliterate(text.unicode_normalize(:nfkc).downcase, replacement: '').gsub(INVALID, '').presence

  def self.find_or_create_by_names(names)
    Array(names).map do |name|
      find_by('lower(name) = lower(?)', normalize(name)) || create(name: normalize(name), display_name: name.gsub(INVALID, ''))
    end
  end

  def display_name = super || name

  def usable = super.nil? || super

  def listable = super.nil? || super

  def trendable = super.nil? ? Setting.trendable_by_default : super
end
