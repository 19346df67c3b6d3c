# frozen_string_literal: true

module Api
  module V2
    class InstancesController < V1::InstancesController
      private

      def serializer = InstanceSerializer.new
    end
  end
end
