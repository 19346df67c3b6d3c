# frozen_string_literal: true

module Api
  module V2
    class InstancesController < BaseController
      # As upstream's: readers keep it for five minutes, Redis for three.
      def show
        expires_in 5.minutes, public: true, stale_while_revalidate: 30.seconds, stale_if_error: 1.day
        render json: Rails.cache.fetch('api/v2/instances/show', expires_in: 3.minutes) { InstanceSerializer.new.as_json }
      end
    end
  end
end
