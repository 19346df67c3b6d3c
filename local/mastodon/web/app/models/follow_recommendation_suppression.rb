# frozen_string_literal: true

# Somebody whom nobody is advised to follow.
class FollowRecommendationSuppression < ApplicationRecord
  belongs_to :account
end
