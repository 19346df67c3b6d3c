# frozen_string_literal: true

module Api
  module V1
    class InstancesController < BaseController
      def show = render(json: V1InstanceSerializer.new.as_json)

      def rules = render(json: Rule.ordered.includes(:translations).map { |rule| RuleSerializer.new(rule).as_json })
    end
  end
end
