# frozen_string_literal: true

# First of all initializers: nothing else may fail before the missing variable is named.
Mastodon::Environment.check!
