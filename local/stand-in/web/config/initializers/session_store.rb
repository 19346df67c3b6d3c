# frozen_string_literal: true

Rails.application.config.session_store :cookie_store, key: '_mastodon_session', secure: true, same_site: :lax
