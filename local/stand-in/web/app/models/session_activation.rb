# frozen_string_literal: true

# A browser that is signed in: without its row its cookie is worth nothing.
class SessionActivation < ApplicationRecord
  belongs_to :user
end
