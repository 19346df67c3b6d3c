# frozen_string_literal: true

# Mastodon's ids of statuses and media: milliseconds since 1970 in the upper 48 bits, so that ids sort by time.
module TimeOrderedId
  extend ActiveSupport::Concern

  included do
    before_create { self.id ||= (Time.now.to_f * 1000).to_i << 16 | SecureRandom.random_number(1 << 16) }
  end
end
