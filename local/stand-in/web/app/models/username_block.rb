# frozen_string_literal: true

# A username, or a part of one, that no one may take. Digits count as the letters that they look like.
class UsernameBlock < ApplicationRecord
  LOOKALIKES = ['1234578 90'.delete(' '), 'izeastbgo'].freeze

  validates :username, presence: true, uniqueness: true

  before_save { self.normalized_username = self.class.normalize(username) }

  def self.normalize(text) = text.downcase.tr(*LOOKALIKES)

  def self.matches?(text, allow_with_approval: false)
    normal = normalize(text)
    blocks = where(allow_with_approval:)
    blocks.where(exact: true, normalized_username: normal).or(blocks.where("NOT exact AND ? LIKE '%' || normalized_username || '%'", normal)).exists?
  end

  def comparison = exact? ? 'equals' : 'contains'

  def comparison=(value)
    self.exact = value == 'equals'
  end

  def to_log_human_identifier = username
end
