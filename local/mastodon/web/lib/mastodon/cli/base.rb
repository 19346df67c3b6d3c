# frozen_string_literal: true

require_relative '../../../config/environment'
require 'thor'

module Mastodon
  module CLI
    # Failure is a message on standard error and a non-zero exit.
    class Base < Thor
      def self.exit_on_failure? = true

      private

      def fail_with_message(message)
        raise Thor::Error, message
      end

      def fail_with_errors(errors)
        fail_with_message("Failure/Error: #{errors.full_messages.join(', ')}")
      end
    end
  end
end
