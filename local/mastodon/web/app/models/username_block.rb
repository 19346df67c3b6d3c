# frozen_string_literal: true

class UsernameBlock < ApplicationRecord
end
