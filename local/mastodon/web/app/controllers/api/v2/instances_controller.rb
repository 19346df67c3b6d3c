# frozen_string_literal: true

module Api
  module V2
    class InstancesController < BaseController
      def show = render(json: InstanceSerializer.new.as_json)
    end
  end
end
