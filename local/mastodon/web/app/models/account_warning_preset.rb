# frozen_string_literal: true

# A text that moderators choose when they warn somebody.
class AccountWarningPreset < ApplicationRecord
  validates :text, presence: true
end
