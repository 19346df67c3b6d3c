# frozen_string_literal: true

# An account that is never recommended.
class FollowRecommendationSuppression < ApplicationRecord
  belongs_to :account
end
