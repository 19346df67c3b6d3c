# frozen_string_literal: true

require_relative 'base'
require_relative 'accounts'
require_relative 'settings'

module Mastodon
  module CLI
    # `tootctl`. A command that isn't here is refused: a stand-in must not look as if it had done something.
    class Main < Base
      desc 'accounts SUBCOMMAND ...ARGS', 'Manage accounts'
      subcommand 'accounts', Accounts

      desc 'settings SUBCOMMAND ...ARGS', 'Manage dynamic settings'
      subcommand 'settings', Settings

      desc 'version', 'Show version'
      map %w(-v --version) => :version
      def version = say(Mastodon::Version.to_s)
    end
  end
end
