# frozen_string_literal: true

module Api
  module V1
    class InstancesController < BaseController
      include CachedRendering

      def show
        expires_in 5.minutes, public: true
        render_with_cache { serializer.as_json }
      end

      def rules = render(json: Rule.ordered.includes(:translations).map { |rule| RuleSerializer.new(rule).as_json })

      private

      def serializer = V1InstanceSerializer.new
    end
  end
end
