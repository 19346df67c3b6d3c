# frozen_string_literal: true

Rails.application.middleware.unshift Mastodon::Metrics::Web if Mastodon::Metrics.enabled? && Mastodon::Metrics.web_details?
