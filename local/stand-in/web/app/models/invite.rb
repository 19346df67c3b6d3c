# frozen_string_literal: true

# A link by which people may join.
class Invite < ApplicationRecord
  CHARACTERS = ([*'a'..'z', *'A'..'Z', *'0'..'9'] - %w(0 1 I l O)).freeze

  belongs_to :user

  scope :available, -> { where(expires_at: nil).or(where(expires_at: Time.now.utc..)) }

  validates :comment, length: { maximum: 420 }

  before_validation(on: :create) { self.code = Array.new(8) { CHARACTERS.sample }.join }

  def expire! = touch(:expires_at)
end
