# frozen_string_literal: true

require_relative '../../../config/environment'
require 'thor'

module Mastodon
  module CLI
    # Failure is a message on standard error and a non-zero exit.
    class Base < Thor
      def self.exit_on_failure? = true

      include ActiveSupport::NumberHelper

      private

      # Takes the files of records away, but in a dry run, and returns their number and size.
      def forget_files(records, size_column)
        found = { count: records.count, bytes: records.sum(size_column) }
        records.find_each(&:forget_file!) unless options[:dry_run]
        found
      end

      def size(files) = number_to_human_size(files[:bytes])

      def dry_run_mode_suffix = options[:dry_run] ? ' (DRY RUN)' : ''

      def fail_with_message(message)
        raise Thor::Error, message
      end

      def fail_with_errors(errors)
        fail_with_message("Failure/Error: #{errors.full_messages.join(', ')}")
      end
    end
  end
end
