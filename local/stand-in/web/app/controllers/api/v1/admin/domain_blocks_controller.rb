# frozen_string_literal: true

module Api
  module V1
    module Admin
      class DomainBlocksController < BaseController
        LIMIT = 100
        MAX_LIMIT = 500
        CHANGEABLE = %i(severity reject_media reject_reports private_comment public_comment obfuscate).freeze

        before_action -> { doorkeeper_authorize!(:'admin:read', :'admin:read:domain_blocks') }, only: %i(index show)
        before_action -> { doorkeeper_authorize!(:'admin:write', :'admin:write:domain_blocks') }, except: %i(index show)
        before_action :require_user!
        before_action -> { render_error('This action is not allowed', :forbidden) unless current_user.can?(:manage_federation) }

        def index
          blocks = DomainBlock.order(id: :desc).limit(params.fetch(:limit, LIMIT).to_i.clamp(1, MAX_LIMIT))
          blocks = blocks.where(id: ...params[:max_id].to_i) if params[:max_id].present?
          render json: blocks.map { |block| serialize(block) }
        end

        def show = render(json: serialize(domain_block))

        def create
          block = DomainBlock.new(params.permit(:domain, *CHANGEABLE))
          existing = DomainBlock.rule_for(params.require(:domain))
          return render_existing(existing) if existing && (existing.domain == block.domain || !block.stricter_than?(existing))

          block.save!
          DomainBlockWorker.perform_async(block.id)
          log(:create, block)
          render json: serialize(block)
        end

        def update
          domain_block.update!(params.permit(*CHANGEABLE))
          DomainBlockWorker.perform_async(domain_block.id, domain_block.severity_previously_changed?)
          log(:update, domain_block)
          render json: serialize(domain_block)
        end

        def destroy
          UnblockDomainService.new.call(domain_block)
          log(:destroy, domain_block)
          render json: {}
        end

        private

        def domain_block = @domain_block ||= DomainBlock.find(params[:id])

        def log(action, target) = ::Admin::ActionLog.create!(account: current_account, action:, target:)

        def render_existing(block)
          error = 'Validation failed: You have already imposed stricter limits on this domain'
          render json: { error:, existing_domain_block: serialize(block) }, status: :unprocessable_entity
        end

        def serialize(block)
          block.slice(:domain, :severity, *CHANGEABLE, :created_at).merge(id: block.id.to_s, digest: block.domain_digest)
        end
      end
    end
  end
end
