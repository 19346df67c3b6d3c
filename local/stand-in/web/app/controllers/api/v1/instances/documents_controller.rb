# frozen_string_literal: true

module Api
  module V1
    module Instances
      # What the server says about itself in its own words.
      class DocumentsController < BaseController
        def terms_of_service
          terms = params[:date] ? TermsOfService.published.find_by!(effective_date: params[:date]) : TermsOfService.current
          raise ActiveRecord::RecordNotFound if terms.nil?

          render json: {
            effective_date: terms.effective_date, effective: terms.effective?, changelog: html(terms.changelog),
            content: html(terms.text), succeeded_by: terms.succeeded_by&.effective_date
          }
        end

        def privacy_policy = render(json: document(:site_terms))

        def extended_description = render(json: document(:site_extended_description))

        def domain_blocks
          raise ActiveRecord::RecordNotFound unless shown?(Setting.show_domain_blocks)

          render json: DomainBlock.with_user_facing_limitations.order(:domain).map { |block|
            comment = block.public_comment.to_s if shown?(Setting.show_domain_blocks_rationale)
            { domain: block.public_domain, digest: block.domain_digest, severity: block.severity, comment: }.compact
          }
        end

        private

        def shown?(audience) = { 'all' => true, 'users' => current_user.present? }.fetch(audience, false)

        # Mastodon renders Markdown.
        def html(text) = "<p>#{ERB::Util.html_escape(text)}</p>"

        def document(key)
          { updated_at: Setting.where(var: key).pick(:updated_at)&.iso8601, content: html(Setting[key]) }
        end
      end
    end
  end
end
