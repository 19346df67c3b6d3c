# frozen_string_literal: true

module WellKnown
  class WebfingerController < ActionController::API
    def show
      account = Account.find_local(username)
      return head(:not_found) if account.nil?

      base = "https://#{Rails.configuration.x.web_domain}"
      response.headers['Access-Control-Allow-Origin'] = '*'
      render content_type: 'application/jrd+json', json: {
        subject: "acct:#{account.local_acct}",
        aliases: ["#{base}/@#{account.username}", "#{base}/users/#{account.username}"],
        links: [
          { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: "#{base}/@#{account.username}" },
          { rel: 'self', type: 'application/activity+json', href: "#{base}/users/#{account.username}" },
        ],
      }
    end

    private

    # acct:name@domain, or the address of a profile or an actor; names of other domains are unknown here.
    def username
      resource = params[:resource].to_s
      domains = [Rails.configuration.x.local_domain, Rails.configuration.x.web_domain, *Rails.configuration.x.alternate_domains]
      name, domain =
        if resource.start_with?('https://') then resource.match(%r{\Ahttps://([^/]+)/(?:@|users/)([^/]+)\z})&.captures&.reverse
        else resource.delete_prefix('acct:').delete_prefix('@').split('@', 2)
        end
      name if domains.include?(domain.to_s.downcase)
    end
  end
end
