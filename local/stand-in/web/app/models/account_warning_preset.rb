# frozen_string_literal: true

# A text that moderators choose when they warn an account.
class AccountWarningPreset < ApplicationRecord
  validates :text, presence: true
end
