# frozen_string_literal: true

module WellKnown
  class NodeInfoController < ActionController::API
    include CachedRendering

    SCHEMA = 'http://nodeinfo.diaspora.software/ns/schema/2.0'

    def index
      render json: { links: [{ rel: SCHEMA, href: "https://#{Rails.configuration.x.web_domain}/nodeinfo/2.0" }] }
    end

    # Kept for half an hour as upstream's render_with_cache does: under a key without a version, which outlives a new image.
    def show
      expires_in 30.minutes, public: true
      render_with_cache(expires_in: 30.minutes) { node_info }
    end

    private

    def node_info
      {
        version: '2.0',
        software: { name: 'mastodon', version: Mastodon::Version.to_s },
        protocols: ['activitypub'],
        services: { outbound: [], inbound: [] },
        usage: { users: { total: User.count }, localPosts: Status.count },
        openRegistrations: Setting.registrations_mode == 'open',
        metadata: { nodeName: Setting.site_title, standIn: true },
      }
    end
  end
end
