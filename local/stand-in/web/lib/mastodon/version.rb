# frozen_string_literal: true

module Mastodon
  # The version that is stood in for, as the build wrote it into the image.
  module Version
    SOURCE_URL = 'https://github.com/mastodon/mastodon'

    module_function

    def release = @release ||= File.read(File.expand_path('../../VERSION', __dir__)).strip

    def to_s = "#{release}+standin"

    # `rails runner` and `tootctl` print results that others read; a line more on standard error is for the servers.
    def announce? = $PROGRAM_NAME.match?(/puma|sidekiq/)
  end
end
