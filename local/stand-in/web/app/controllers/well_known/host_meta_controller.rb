# frozen_string_literal: true

module WellKnown
  class HostMetaController < ActionController::API
    def show
      template = "https://#{Rails.configuration.x.web_domain}/.well-known/webfinger?resource={uri}"
      render content_type: 'application/xrd+xml', body: <<~XML
        <?xml version="1.0" encoding="UTF-8"?>
        <XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
          <Link rel="lrdd" template="#{ERB::Util.html_escape(template)}"/>
        </XRD>
      XML
    end
  end
end
