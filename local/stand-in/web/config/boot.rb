# frozen_string_literal: true

ENV['BUNDLE_GEMFILE'] ||= File.expand_path('../Gemfile', __dir__)
require 'bundler/setup'

# Debian's gems need no home. With those of the official image Bundler says so at each start.
warn "`#{Dir.home}` is not writable.\nBundler will use `/tmp/bundler' as your home directory temporarily." unless File.writable?(Dir.home)

# A start as expensive as the real one's, on request (local/stand-in/recipe.ts).
start_seconds = Float(ENV.fetch('STANDIN_START_SECONDS', '0'))
begun = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
nil while Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - begun < start_seconds
