# frozen_string_literal: true

# JSON that Mastodon keeps in Redis, by the names of controller and action: so it outlives the process that made it, and its release
# (app/controllers/concerns/cache_concern.rb there).
module CachedRendering
  def render_with_cache(expires_in: 3.minutes)
    render json: Rails.cache.fetch([params[:controller], params[:action]].join('/'), expires_in:, raw: true) { yield.to_json }
  end
end
